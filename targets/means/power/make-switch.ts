import { UsageError } from '../../../harness/errors/harness-error.ts';
import { CommandSwitch } from './command-switch.ts';
import { HttpSwitch } from './http-switch.ts';
import { ManualSwitch } from './manual-switch.ts';
import type { PowerOptions, PowerOptionsOf } from './options.ts';
import type { PowerSwitch } from './power-switch.ts';
import { UsbRelaySwitch } from './usb-relay-switch.ts';

/** The switch that a bench file describes. @throws UsageError `credentials-missing`. */
export function makeSwitch(options: PowerOptions): PowerSwitch {
  switch (options.kind) {
    case 'exec':
      return new CommandSwitch(options);
    case 'http':
      return new HttpSwitch(options);
    case 'tasmota':
      return new HttpSwitch(tasmota(options));
    case 'snmp':
      return new CommandSwitch(snmp(options), process.env[options.community]);
    case 'usb-relay':
      return new UsbRelaySwitch(options);
    case 'gpio':
      return new CommandSwitch(gpio(options));
    case 'manual':
      return new ManualSwitch();
  }
}

/** Tasmota's HTTP commands (`cm?cmnd=Power1 Off`), answered by `{"POWER1":"OFF"}`. */
export function tasmota({ url, relay, credentials }: PowerOptionsOf<'tasmota'>): Omit<PowerOptionsOf<'http'>, 'kind'> {
  const command = (words: string): string => `${url.replace(/\/$/, '')}/cm?cmnd=${encodeURIComponent(words)}`;
  return {
    on: command(`Power${relay} On`),
    off: command(`Power${relay} Off`),
    sense: command(`Power${relay}`),
    method: 'GET',
    onPattern: '"ON"',
    offPattern: '"OFF"',
    ...(credentials === undefined ? {} : { credentials }),
  };
}

/** net-snmp's tools. The community would stand in the process list: they take it from a file of their own where that matters (snmp.conf). */
export function snmp(options: PowerOptionsOf<'snmp'>): Omit<PowerOptionsOf<'exec'>, 'kind'> {
  const { host, oid, on, off, version } = options;
  const community = process.env[options.community];
  if (!community)
    throw new UsageError(`Not set: environment variable ${options.community}`, {
      code: 'credentials-missing',
      hint: 'it holds the SNMP community of the PDU',
    });
  const with_ = ['-v', version, '-c', community, '-Oqv', host, oid];
  return {
    on: ['snmpset', ...with_, 'i', String(on)],
    off: ['snmpset', ...with_, 'i', String(off)],
    sense: ['snmpget', ...with_],
    onPattern: `^\\s*${on}\\s*$`,
    offPattern: `^\\s*${off}\\s*$`,
    senses: 'outlet',
  };
}

/** libgpiod's tools, version 2 (`gpioset -t0`: set, and leave it). */
export function gpio({ chip, line, activeLow, rail }: PowerOptionsOf<'gpio'>): Omit<PowerOptionsOf<'exec'>, 'kind'> {
  const set = (value: 0 | 1): string[] => [
    'gpioset',
    '-t0',
    '-c',
    chip,
    ...(activeLow ? ['-l'] : []),
    `${line}=${value}`,
  ];
  return {
    on: set(1),
    off: set(0),
    ...(rail === undefined ? {} : { sense: ['gpioget', '-c', chip, '--numeric', String(rail)] }),
    onPattern: '^\\s*1\\s*$',
    offPattern: '^\\s*0\\s*$',
    senses: 'rail',
  };
}
