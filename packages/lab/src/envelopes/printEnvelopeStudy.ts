// Prints the envelope study: tsx packages/lab/src/envelopes/printEnvelopeStudy.ts --data <folder>

import { readDeribitChains } from '../chains/deribitChains.ts';
import { requireDataFolder, resolveDataFolder } from '../data/dataFolder.ts';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { envelopeTable, runEnvelopeStudy } from './envelopeStudy.ts';

const at = process.argv.indexOf('--data');
const option = at < 0 ? undefined : process.argv[at + 1];
const snapshots = await readDeribitChains(requireDataFolder(resolveDataFolder({ option, environment: process.env })));
const terms = { seed: 'envelopes', booksPerSnapshot: 1, samplesPerClaim: 40, evaluationsMax: 100 };
const study = runEnvelopeStudy(snapshots, { ...terms, profile: shippedProfile('plimsoll-grid') });
process.stdout.write(`${envelopeTable(study)}\n`);
