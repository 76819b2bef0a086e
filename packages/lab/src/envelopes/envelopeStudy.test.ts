import { expect, test } from 'vitest';
import { DERIBIT_CHAINS, deribitSnapshotFiles, readDeribitSnapshot } from '../chains/deribitChains.ts';
import { createRandom } from '../random/random.ts';
import { describeWithData } from '../testing/requireData.ts';
import { shippedProfile } from '../worlds/shippedProfile.ts';
import { chainBook } from './chainBook.ts';
import { envelopeTable, lowEnd, runEnvelopeStudy } from './envelopeStudy.ts';

/** Of 56 snapshots; all of them take minutes (printEnvelopeStudy.ts). */
const EVERY = 9;

describeWithData(
  'bands without a breach on the real chains of 2026',
  (folder) => {
    test('hold no market below maintenance, and reach nearly to the true breach', async () => {
      const files = deribitSnapshotFiles(folder).filter((_, index) => index % EVERY === 4);
      const snapshots = await Promise.all(files.map(readDeribitSnapshot));
      const study = runEnvelopeStudy(snapshots, {
        profile: shippedProfile('plimsoll-grid'),
        seed: 'envelopes',
        booksPerSnapshot: 1,
        samplesPerClaim: 24,
        evaluationsMax: 50,
      });
      console.info(envelopeTable(study));
      expect(study.books).toBe(6);
      expect(study.markets).toBeGreaterThan(400);
      expect(study.missed).toBe(0);
      for (const { shares } of study.widths) {
        // No end lies beyond the truth, and the typical one is within two per cent of it.
        expect(Math.max(...shares)).toBeLessThanOrEqual(1);
        expect(lowEnd(shares).median).toBeGreaterThan(0.98);
      }
    }, 180_000);

    test('books come out the same from the same seed, at the health that was asked for', async () => {
      const [file = ''] = deribitSnapshotFiles(folder);
      const snapshot = await readDeribitSnapshot(file);
      const profile = shippedProfile('plimsoll-grid');
      const [a, b] = [1, 2].map(() => chainBook(snapshot, profile, createRandom('one')));
      expect(a?.portfolio.lots).toEqual(b?.portfolio.lots);
      expect(a?.portfolio.cash).toBe(b?.portfolio.cash);
      expect(a?.share).toBeGreaterThan(0);
    });
  },
  [DERIBIT_CHAINS],
);
