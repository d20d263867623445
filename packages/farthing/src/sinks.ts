import type { AuditRecord } from './audit-record.js';
import type { CallRecord } from './call-record.js';
import type { Events } from './events.js';
import { createOpenTelemetry } from './open-telemetry.js';
import type { GateOptions } from './options.js';
import type { OutcomeRecord } from './outcome-record.js';
import type { Recents } from './recents.js';
import { openRecordFile, type RecordFile } from './record-file.js';
import type { Reporter } from './report.js';
import type { Warn } from './warnings.js';

/** Where records go: the report, `gate.call`, a file, OpenTelemetry, the listeners. */
export interface Sinks {
  /** A call begins: what belongs to the caller's context is taken now. */
  readonly begin: (id: string) => void;
  readonly emit: (record: CallRecord) => void;
  /** The verdict on an audited answer: for the file and the listeners. */
  readonly emitAudit: (record: AuditRecord) => void;
  /** How good answers to a routed call were: for the file and the listeners. */
  readonly emitOutcome: (record: OutcomeRecord) => void;
}

/** All sinks that are switched on. One that fails is warned about and harms neither the call nor the other sinks. */
export function createSinks(
  options: GateOptions,
  parts: { readonly reporter: Reporter; readonly recents: Recents; readonly events: Events; readonly warn: Warn },
): Sinks {
  const { reporter, recents, events, warn } = parts;
  const telemetry = options.openTelemetry && createOpenTelemetry(options.openTelemetry);
  const contexts = new Map<string, unknown>();
  let file: RecordFile | undefined;

  const guarded = (sink: string, write: () => void): void => {
    try {
      write();
    } catch (error) {
      warn(
        'record_error',
        `A record could not be written to ${sink}: ${error instanceof Error ? error.message : typeof error}. The call went on.`,
        sink,
      );
    }
  };

  const writeLine = (record: CallRecord | AuditRecord | OutcomeRecord): void => {
    const { records } = options;
    if (!records) return;
    guarded(`the file ${records.path}`, () => {
      file ??= openRecordFile(records);
      file.write(record);
    });
  };

  return {
    begin: (id) => {
      recents.begin(id);
      if (telemetry) contexts.set(id, telemetry.capture());
    },
    emit: (record) => {
      reporter.add(record);
      writeLine(record);
      if (telemetry) {
        guarded('OpenTelemetry', () => telemetry.write(record, contexts.get(record.id)));
        contexts.delete(record.id);
      }
      if (record.unaccounted.length > 0) {
        warn(
          'unaccounted_usage',
          `A usage body of '${record.provider}' holds numbers that no rule accounts for: ${record.unaccounted.join(', ')}. The cost may be incomplete.`,
          record.unaccounted.join(),
        );
      }
      recents.end(record);
      events.emit('call', record);
    },
    emitAudit: (record) => {
      writeLine(record);
      events.emit('audit', record);
    },
    emitOutcome: (record) => {
      writeLine(record);
      events.emit('outcome', record);
    },
  };
}
