import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createMachineShare } from './machine-share.js';

describe('createMachineShare', () => {
  it('divides a span by the number of requests in it', () => {
    let now = 0;
    const share = createMachineShare(
      () => now,
      () => now * 2,
    );
    const first = share.enter();
    now = 100;
    const second = share.enter();
    now = 200;
    expect(first()).toEqual({ machineMs: 150, cpuMs: 300 });
    now = 250;
    expect(second()).toEqual({ machineMs: 100, cpuMs: 200 });
  });

  it('gives shares that add up to the time in which anything ran', () => {
    const steps = fc.array(fc.record({ wait: fc.nat(1000), begin: fc.boolean(), which: fc.nat(20) }), {
      maxLength: 80,
    });
    fc.assert(
      fc.property(steps, (list) => {
        let now = 0;
        let busy = 0;
        let sum = 0;
        const share = createMachineShare(
          () => now,
          () => now,
        );
        const running: (() => { machineMs: number })[] = [];
        for (const { wait, begin, which } of list) {
          if (running.length > 0) busy += wait;
          now += wait;
          if (begin) running.push(share.enter());
          else sum += running.splice(which % Math.max(1, running.length), 1)[0]?.().machineMs ?? 0;
        }
        for (const end of running) sum += end().machineMs;
        expect(sum).toBeCloseTo(busy, 6);
      }),
    );
  });
});
