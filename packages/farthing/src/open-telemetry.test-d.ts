import { expectTypeOf, it } from 'vitest';
import type { OpenTelemetryApi } from './open-telemetry.js';

it('takes the module itself', () => {
  expectTypeOf<typeof import('@opentelemetry/api')>().toExtend<OpenTelemetryApi>();
});
