import type { BoundReport } from './audit/bound-report.js';
import type { PausedTenant } from './audit/tenant-detectors.js';
import type { AuditRecord } from './audit-record.js';
import type { BudgetAlert } from './budget/alerts.js';
import type { AssumedSettlement } from './budget/ledger.js';
import type { CallRecord } from './call-record.js';
import type { OutcomeRecord } from './outcome-record.js';
import type { RouteLearningReport } from './routing/learning/route-learning-report.js';
import type { Warn } from './warnings.js';

/** What a gate tells its listeners, by event. */
export interface GateEvents {
  /** One record for each call: hit, denied, failed, cancelled, paid. */
  readonly call: CallRecord;
  /** A budget has spent a share of its limit. */
  readonly alert: BudgetAlert;
  /** A hold whose owner died was settled at its bound. */
  readonly assumed: AssumedSettlement;
  /** Wrong answers among those served in other words have risen: none is served until that is proved again. */
  readonly revoked: BoundReport;
  /** Wrong answers of one tenant have risen: it is served none in other words for a week, and the others go on. */
  readonly tenantPaused: PausedTenant;
  /** The verdict on an audited answer. Keep it where records are kept: `gate.replayAudits` takes it back. */
  readonly audit: AuditRecord;
  /** How good the answers to a routed call were, as an audit found or the application told. */
  readonly outcome: OutcomeRecord;
  /** The net loss of a route has risen over what was promised: its calls go to the strongest target until less is proved. */
  readonly routeRevoked: RouteLearningReport & { readonly route: string };
}

/** Listeners by event. */
export interface Events {
  readonly on: <Name extends keyof GateEvents>(name: Name, listener: (event: GateEvents[Name]) => void) => () => void;
  readonly emit: <Name extends keyof GateEvents>(name: Name, event: GateEvents[Name]) => void;
}

/** A listener that throws is warned about and harms neither the call nor the other listeners. */
export function createEvents(warn: Warn): Events {
  const listeners: { [Name in keyof GateEvents]: Set<(event: GateEvents[Name]) => void> } = {
    call: new Set(),
    alert: new Set(),
    assumed: new Set(),
    revoked: new Set(),
    tenantPaused: new Set(),
    audit: new Set(),
    outcome: new Set(),
    routeRevoked: new Set(),
  };
  return {
    on: (name, listener) => {
      if (!Object.hasOwn(listeners, name))
        throw new TypeError(`gate.on: expected '${Object.keys(listeners).join("', '")}', got '${String(name)}'.`);
      listeners[name].add(listener);
      return () => {
        listeners[name].delete(listener);
      };
    },
    emit: (name, event) => {
      for (const listener of listeners[name]) {
        try {
          listener(event);
        } catch (error) {
          warn(
            'listener_error',
            `A listener of '${name}' threw ${error instanceof Error ? error.name : typeof error}; the call went on.`,
          );
        }
      }
    },
  };
}
