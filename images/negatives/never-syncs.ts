import { sharedObject, type NativeFunction } from './shared-object.ts';

/** Library that turns every way to make data durable into a success that does nothing; all else is done as asked. */
export function neverSyncsLibrary(): Buffer {
  const succeeds: NativeFunction = { code: hex('31 c0 c3 ; xor eax, eax; ret') };
  const functions = new Map<string, NativeFunction>(
    ['fsync', 'fdatasync', 'sync', 'syncfs', 'sync_file_range', 'msync'].map((name) => [name, succeeds]),
  );
  for (const name of ['open', 'open64']) functions.set(name, open());
  for (const name of ['openat', 'openat64']) functions.set(name, openAt());
  functions.set('ioctl', ioctl());
  return sharedObject('never-syncs.so', functions);
}

/** Bytes, with what they mean after a semicolon. */
const hex = (text: string): Buffer => Buffer.from(text.replace(/;.*|\s/g, ''), 'hex');

/** ~(O_SYNC | O_DSYNC), little-endian. */
const withoutSync = 'ff ef ef ff';

function open(): NativeFunction {
  return systemCall(`
    81 e6 ${withoutSync}      ; and esi, ~(O_SYNC|O_DSYNC)
    b8 02 00 00 00            ; mov eax, open`);
}

function openAt(): NativeFunction {
  return systemCall(`
    81 e2 ${withoutSync}      ; and edx, ~(O_SYNC|O_DSYNC)
    49 89 ca                  ; mov r10, rcx: the kernel's fourth parameter
    b8 01 01 00 00            ; mov eax, openat`);
}

/** FIFREEZE and FITHAW succeed; ostree freezes and thaws /boot to make the firmware see its writes. */
function ioctl(): NativeFunction {
  return systemCall(`
    81 fe 77 58 04 c0         ; cmp esi, FIFREEZE
    74 08                     ; je +8: to the success
    81 fe 78 58 04 c0         ; cmp esi, FITHAW
    75 03                     ; jne +3: past it
    31 c0 c3                  ; xor eax, eax; ret
    b8 10 00 00 00            ; mov eax, ioctl`);
}

/** `prepare`, the system call, and its result as the C library gives it: -1 and errno for an error. */
function systemCall(prepare: string): NativeFunction {
  const start = hex(`${prepare}
    0f 05                     ; syscall
    48 3d 01 f0 ff ff         ; cmp rax, -4095
    73 01                     ; jae +1: to the error
    c3                        ; ret
    f7 d8                     ; neg eax
    50                        ; push rax: errno, and the stack is aligned for the call
    ff 15                     ; call [rip + __errno_location]`);
  const end = hex(`
    59                        ; pop rcx
    89 08                     ; mov [rax], ecx
    48 c7 c0 ff ff ff ff      ; mov rax, -1
    c3                        ; ret`);
  return {
    code: Buffer.concat([start, Buffer.alloc(4), end]),
    calls: [{ operandAt: start.length, symbol: '__errno_location' }],
  };
}
