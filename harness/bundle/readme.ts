import { notCompliance } from '../record/about.ts';

/** For who opens a bundle without this project at hand. */
export const readme = `Evidence bundle of bootproof, a test harness for the updates of image-based Linux devices.

${notCompliance}

statement.dsse.json  in-toto statement (test-result) with the sha256 of every other file, in a DSSE envelope
record.jsonl         everything that happened, one event a line; each line carries the hash of the line before
attachments/         observations before and after each transition (transition-N.json), consoles byte by byte
plan.json, benches.json, verdicts.json   the same in parts, for reading; functions of the record
recordings.json      hashes of the base disks and block logs that cuts were rebuilt from; they stay with the run
oracles/             the rules that were judged with, as source
images/              the images that ran, where they were packed: enough to do a case again on another machine
requirements.yaml    what the requirement ids mean
sbom.cdx.json        what the harness is made of (CycloneDX)
key.json             the public key of the signature. It proves who signed only to a reader who knows the key from elsewhere

To verify, with Node 20.19 or newer and without a device or a network:
  node BUNDLE.verify.mjs BUNDLE --key THE-KEY-YOU-WERE-GIVEN.pub.json
  bootproof verify BUNDLE --key THE-KEY-YOU-WERE-GIVEN.pub.json
Both hash every file, check the chain and the signature, judge every stored transition again and compare all verdicts.
`;
