/** The Basel Committee's zones (1996) for 250 days at 99 %: green 0-4 breaches, yellow 5-9, red from 10 on. */
export type TrafficLight = 'green' | 'yellow' | 'red';

export const TRAFFIC_LIGHT_DAYS = 250;

export function trafficLight(breachesIn250: number): TrafficLight {
  return breachesIn250 <= 4 ? 'green' : breachesIn250 <= 9 ? 'yellow' : 'red';
}

/** What the zones were over every run of 250 days. */
export interface TrafficLightReport {
  /** Breaches in the last 250 days, and the most in any 250. */
  readonly last: number;
  readonly worst: number;
  readonly lastZone: TrafficLight;
  readonly worstZone: TrafficLight;
  /** Share of the runs in each zone. */
  readonly shares: Readonly<Record<TrafficLight, number>>;
}

/** The report, or null with fewer than 250 days. */
export function trafficLightReport(breaches: readonly boolean[]): TrafficLightReport | null {
  if (breaches.length < TRAFFIC_LIGHT_DAYS) return null;
  const counts = { green: 0, yellow: 0, red: 0 };
  let inRun = 0;
  let worst = 0;
  breaches.forEach((isBreach, day) => {
    inRun += (isBreach ? 1 : 0) - (breaches[day - TRAFFIC_LIGHT_DAYS] === true ? 1 : 0);
    if (day + 1 < TRAFFIC_LIGHT_DAYS) return;
    worst = Math.max(worst, inRun);
    counts[trafficLight(inRun)] += 1;
  });
  const runs = breaches.length - TRAFFIC_LIGHT_DAYS + 1;
  return {
    last: inRun,
    worst,
    lastZone: trafficLight(inRun),
    worstZone: trafficLight(worst),
    shares: { green: counts.green / runs, yellow: counts.yellow / runs, red: counts.red / runs },
  };
}
