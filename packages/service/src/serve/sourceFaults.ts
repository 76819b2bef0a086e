import { checkEd25519Key } from '../verify/ed25519.ts';
import type { DeploymentFault } from './genesisFaults.ts';
import type {
  DataStreamsSettings,
  FetchedSettings,
  HermesSettings,
  RecordedSettings,
  SignedPushSettings,
  SourceSettings,
} from './sourceSettings.ts';

/** Shortest wait between two requests, and between failures: an endpoint is not to be hammered by a typing mistake. */
const WAIT_MIN_MS = 50;
/** Longest time for an answer: what is older is of no use to a market. */
const TIMEOUT_MAX_MS = 300_000;
const DECIMALS_MAX = 36;
/** How often a recording is looked at: what has come by then is one payload. */
export const PLAYED_PER_SECOND = 10;

type Report = (path: string, message: string) => void;

/** What does not fit together in the section `sources`, although each field is well-formed. */
export function sourceFaults(sources: readonly SourceSettings[]): readonly DeploymentFault[] {
  const faults: DeploymentFault[] = [];
  sources.forEach((settings, place) => {
    const fault: Report = (path, message) => void faults.push({ path: `/sources/${place}${path}`, message });
    const { source, perSecond, burst, staleAfterMs } = settings;
    if (sources.findIndex((other) => other.source === source) !== place)
      fault('/source', `expected each source once, found ${source} again`);
    for (const [name, value] of Object.entries({ perSecond, burst, staleAfterMs }))
      if (value < 1) fault(`/${name}`, `expected at least 1, found ${value}`);
    if (settings.kind === 'signedPush') publisherFaults(settings, sources, fault);
    else if (settings.kind === 'recorded') recordingFaults(settings, fault);
    else fetchFaults(settings, fault);
  });
  return faults;
}

function fetchFaults(settings: FetchedSettings, fault: Report): void {
  endpointFaults(settings, fault);
  feedFaults(settings, fault);
  if (settings.kind === 'pythHermes') hermesFaults(settings, fault);
  else dataStreamsFaults(settings, fault);
}

function endpointFaults(settings: FetchedSettings, fault: Report): void {
  const { url, timeoutMs, firstRetryMs, longestRetryMs, keyVariable } = settings;
  const parsed = URL.canParse(url) ? new URL(url) : null;
  const isWeb = parsed !== null && (parsed.protocol === 'https:' || parsed.protocol === 'http:');
  if (!isWeb) fault('/url', 'expected an address that starts with https://, found something else');
  else if (parsed.username !== '' || parsed.password !== '' || parsed.search !== '' || parsed.hash !== '')
    fault('/url', 'expected an address without user, query and fragment, found more');
  else if (parsed.protocol === 'http:' && keyVariable !== null && !isLoopback(parsed.hostname))
    fault('/url', 'expected https, because a credential is sent along, found http');
  if (timeoutMs < WAIT_MIN_MS || timeoutMs > TIMEOUT_MAX_MS)
    fault('/timeoutMs', `expected ${WAIT_MIN_MS} to ${TIMEOUT_MAX_MS}, found ${timeoutMs}`);
  if (firstRetryMs < WAIT_MIN_MS) fault('/firstRetryMs', `expected at least ${WAIT_MIN_MS}, found ${firstRetryMs}`);
  if (longestRetryMs < firstRetryMs || longestRetryMs > 24 * 3_600_000)
    fault('/longestRetryMs', `expected from firstRetryMs, ${firstRetryMs}, to a day, found ${longestRetryMs}`);
}

function feedFaults({ feeds }: FetchedSettings, fault: Report): void {
  if (feeds.length === 0) fault('/feeds', 'expected at least one feed, found none');
  feeds.forEach(({ remote, feed, feedUnits }, place) => {
    if (feeds.findIndex((other) => other.remote === remote) !== place)
      fault(`/feeds/${place}/remote`, `expected each remote id once, found ${remote} again`);
    if (feeds.findIndex((other) => other.feed === feed) !== place)
      fault(`/feeds/${place}/feed`, `expected each feed once, found ${feed} again`);
    if (feedUnits < 1n) fault(`/feeds/${place}/feedUnits`, `expected at least 1, found ${feedUnits}`);
  });
}

/** A source that is polled faster than it may send would be a flood of our own making. */
function roundFaults({ perSecond, burst, everyMs, count }: Round, fault: Report): void {
  if (burst < count) fault('/burst', `expected at least ${count}, the answers of a round, found ${burst}`);
  if (perSecond * everyMs < count * 1_000)
    fault('/perSecond', `expected at least ${Math.ceil((count * 1_000) / everyMs)}, the answers of a second, found ${perSecond}`);
}

interface Round {
  readonly perSecond: number;
  readonly burst: number;
  readonly everyMs: number;
  readonly count: number;
}

function hermesFaults(settings: HermesSettings, fault: Report): void {
  const { trust, delivery, guardianSets, emitters, perSecond, burst } = settings;
  if (delivery.kind === 'poll') {
    shortest('/delivery/everyMs', delivery.everyMs, fault);
    roundFaults({ perSecond, burst, everyMs: delivery.everyMs, count: 1 }, fault);
  }
  if (delivery.kind === 'stream') shortest('/delivery/silenceMs', delivery.silenceMs, fault);
  if (trust === 'verified' && guardianSets.length === 0)
    fault('/guardianSets', 'expected at least one set of a source that passes on verified prices alone, found none');
  if (trust === 'verified' && emitters.length === 0)
    fault('/emitters', 'expected at least one emitter of a source that passes on verified prices alone, found none');
  guardianSets.forEach(({ index, quorum, guardians }, place) => {
    const at = `/guardianSets/${place}`;
    if (guardianSets.findIndex((other) => other.index === index) !== place)
      fault(`${at}/index`, `expected each set once, found ${index} again`);
    onceEach(guardians, `${at}/guardians`, fault);
    if (2 * quorum <= guardians.length || quorum > guardians.length)
      fault(`${at}/quorum`, `expected more than half of ${guardians.length} and no more than there are, found ${quorum}`);
  });
}

function dataStreamsFaults(settings: DataStreamsSettings, fault: Report): void {
  const { trust, everyMs, feeds, oracleSets, perSecond, burst } = settings;
  shortest('/everyMs', everyMs, fault);
  roundFaults({ perSecond, burst, everyMs, count: feeds.length }, fault);
  if (trust === 'verified' && oracleSets.length === 0)
    fault('/oracleSets', 'expected at least one set of a source that passes on verified prices alone, found none');
  feeds.forEach(({ decimals }, place) => {
    if (decimals > DECIMALS_MAX) fault(`/feeds/${place}/decimals`, `expected at most ${DECIMALS_MAX}, found ${decimals}`);
  });
  oracleSets.forEach(({ configDigest, faultyMax, signers }, place) => {
    const at = `/oracleSets/${place}`;
    if (oracleSets.findIndex((other) => other.configDigest === configDigest) !== place)
      fault(`${at}/configDigest`, `expected each configuration once, found ${configDigest} again`);
    onceEach(signers, `${at}/signers`, fault);
    if (faultyMax >= signers.length)
      fault(`${at}/faultyMax`, `expected fewer than the ${signers.length} signers, found ${faultyMax}`);
  });
}

/** A push does not name its source: a key that two sources took would speak for both, whoever passed its words on. */
function publisherFaults({ source, publishers }: SignedPushSettings, sources: readonly SourceSettings[], fault: Report): void {
  if (publishers.length === 0) fault('/publishers', 'expected at least one key, found none');
  publishers.forEach((key, place) => {
    const at = `/publishers/${place}`;
    const verdict = checkEd25519Key(key);
    if (verdict !== 'valid') fault(at, `expected an ed25519 key, found one that is ${verdict}`);
    if (publishers.indexOf(key) !== place) fault(at, `expected each key once, found ${key} again`);
    const other = sources.find((one) => one.kind === 'signedPush' && one.source < source && one.publishers.includes(key));
    if (other !== undefined) fault(at, `expected a key of this source alone, found one of source ${other.source} too`);
  });
}

/** Recorded time runs so much faster at most: a day in less than half a minute. */
const SPEED_MAX = 3_600;

function recordingFaults({ trust, sha256, speed, perSecond, feeds }: RecordedSettings, fault: Report): void {
  if (trust === 'verified' && sha256 === null)
    fault('/sha256', 'expected the SHA-256 of the file of a source that passes on verified prices alone, found none');
  if (speed < 1 || speed > SPEED_MAX) fault('/speed', `expected 1 to ${SPEED_MAX}, found ${speed}`);
  if (perSecond < PLAYED_PER_SECOND)
    fault('/perSecond', `expected at least ${PLAYED_PER_SECOND}, as often as a recording is looked at, found ${perSecond}`);
  if (feeds.length === 0) fault('/feeds', 'expected at least one feed, found none');
  feeds.forEach(({ feed, feedUnits }, place) => {
    if (feeds.findIndex((other) => other.feed === feed) !== place)
      fault(`/feeds/${place}/feed`, `expected each feed once, found ${feed} again`);
    if (feedUnits < 1n) fault(`/feeds/${place}/feedUnits`, `expected at least 1, found ${feedUnits}`);
  });
}

function onceEach(addresses: readonly string[], path: string, fault: Report): void {
  addresses.forEach((address, place) => {
    if (addresses.indexOf(address) !== place) fault(`${path}/${place}`, `expected each address once, found ${address} again`);
  });
}

function shortest(path: string, ms: number, fault: Report): void {
  if (ms < WAIT_MIN_MS) fault(path, `expected at least ${WAIT_MIN_MS}, found ${ms}`);
}

function isLoopback(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127\.[0-9.]+$/.test(hostname);
}
