/** What a user may rely on, and what the mutants try to disprove (ISO 26262-8, 11.4.6: the purpose of the tool). */
export const claims: readonly string[] = [
  'A transition in which the device does what the oracles forbid does not end as passed.',
  'A transition in which nothing is wrong ends as passed.',
  'A bench whose adapter breaks its contract is noticed before it is taken for the behaviour of a device.',
  'A cut is reported as one only when power was proven to be off.',
  'Every planned case has a verdict, and a verdict can be given again from the record alone.',
];

/** Known weaknesses of the tool itself (ISO 26262-8, 11.4.5.2: known malfunctions, and how they are met). */
export const knownAnomalies: readonly string[] = [
  'Oracle 9 (recovery) acts on a device: its mutants show that what ran is judged, not that the actions reach every way to recover.',
  'A recorded cut rebuilds what the disk could have held by the log of completed writes; wear, bad blocks and a controller that lies about flushes are outside of it.',
  'A bundle without a signature shows a flipped byte, but not a whole bundle that was made anew.',
  'Lines that are missing at the very end of a record are seen by the statement of a bundle, not by the chain alone.',
  'A /usr or /etc that could not be observed is noted, and fails nothing: look for usr-not-verified and etc-not-judged.',
];
