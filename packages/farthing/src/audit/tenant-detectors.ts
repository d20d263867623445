import { createDetector, type DriftDetector, suspicion, watch } from './drift-detector.js';

/** A tenant whose answers went wrong while the others' did not. */
export interface PausedTenant {
  /** The value of the tag that keeps tenants apart. */
  readonly tenant: string;
  /** Epoch milliseconds. It is served again from then on, and watched anew. */
  readonly untilMs: number;
  /** The audits of what it was served since suspicion arose, and the failures among them. */
  readonly audits: number;
  readonly failures: number;
}

/**
 * Watches each tenant by itself: the bound is about the mix, in which a small one can hide. While a tenant's true error
 * rate is at most the target, at least as many of its audits as the alarm's level lie, on average, between two pauses
 * (an e-detector: Shin, Ramdas & Rinaldo, 2022); for all tenants together, too, since each audit belongs to one. One that
 * makes up half of the audits can't hide: the mix is then revoked, and proved again by its audits.
 */
export interface TenantDetectors {
  /** Takes in an audit of an answer that was served; answers the pause that begins with it. */
  readonly watch: (tenant: string, failed: boolean, drawnAtMs: number) => PausedTenant | undefined;
  readonly isPaused: (tenant: string, nowMs: number) => boolean;
  readonly paused: (nowMs: number) => readonly PausedTenant[];
  readonly snapshot: () => TenantsSnapshot;
}

/** What is known about tenants, as plain JSON: those under suspicion, and those that are paused. */
export interface TenantsSnapshot {
  readonly suspects: readonly (readonly [
    tenant: string,
    twice: number,
    fourTimes: number,
    audits: number,
    failures: number,
    of: number,
  ])[];
  readonly paused: readonly PausedTenant[];
}

/** When a tenant is paused, and for how long. */
export interface TenantDetectorsOptions {
  /** The rate of "fail" that stands for the largest acceptable error rate. */
  readonly target: number;
  /** The suspicion at which a tenant is paused. */
  readonly alarm: number;
  readonly pauseMs: number;
}

interface Suspect extends DriftDetector {
  audits: number;
  failures: number;
  /** The audits of all tenants that came before suspicion arose. */
  readonly before: number;
}

/** From this share of all audits on, a tenant is what the mix is made of. */
const halfOfAll = 0.5;

/** So many suspects and so many paused ones are remembered; the longest untouched make room. */
const maxRemembered = 1000;

/** Detectors that have seen nothing, or what a snapshot says. */
export function createTenantDetectors(
  { target, alarm, pauseMs }: TenantDetectorsOptions,
  snapshot: TenantsSnapshot = { suspects: [], paused: [] },
): TenantDetectors {
  const suspects = new Map<string, Suspect>(
    snapshot.suspects.map(([tenant, twice, fourTimes, audits, failures, of]) => [
      tenant,
      { twice, fourTimes, audits, failures, before: -of },
    ]),
  );
  const pauses = new Map(snapshot.paused.map((each) => [each.tenant, each]));
  let total = 0;
  const isPaused = (tenant: string, nowMs: number): boolean => (pauses.get(tenant)?.untilMs ?? 0) > nowMs;
  return {
    watch: (tenant, failed, drawnAtMs) => {
      // What was on its way when the pause began says nothing new.
      if (isPaused(tenant, drawnAtMs)) return undefined;
      const suspect = suspects.get(tenant) ?? { ...createDetector(), audits: 0, failures: 0, before: total };
      total++;
      watch(suspect, failed, target);
      suspect.audits++;
      if (failed) suspect.failures++;
      suspects.delete(tenant);
      const { audits, failures, before } = suspect;
      if (suspicion(suspect, target) >= alarm && audits < halfOfAll * (total - before)) {
        const pause = { tenant, untilMs: drawnAtMs + pauseMs, audits, failures };
        put(pauses, tenant, pause);
        return pause;
      }
      // At 1 or less it is as if nothing had been seen: an honest tenant takes no room.
      if (suspect.twice > 1 || suspect.fourTimes > 1) put(suspects, tenant, suspect);
      return undefined;
    },
    isPaused,
    paused: (nowMs) => [...pauses.values()].filter(({ untilMs }) => untilMs > nowMs),
    snapshot: () => ({
      suspects: [...suspects].map(
        ([tenant, { twice, fourTimes, audits, failures, before }]) =>
          [tenant, twice, fourTimes, audits, failures, total - before] as const,
      ),
      paused: [...pauses.values()],
    }),
  };
}

/** Puts a value last, and lets the first one go where there are too many. */
function put<Value>(values: Map<string, Value>, key: string, value: Value): void {
  values.delete(key);
  values.set(key, value);
  for (const oldest of values.keys()) {
    if (values.size <= maxRemembered) return;
    values.delete(oldest);
  }
}
