import Table from 'cli-table3';
import { formatUsd, type Report, type Totals } from 'farthing';

/** The bill of a run as a table: a row for each tenant, and one for all. */
export function billTable({ total, byTag }: Report): string {
  const table = new Table({
    head: [
      'tenant',
      'calls',
      'paid',
      'same words',
      'other words',
      'shared',
      'denied',
      'spent ($)',
      'without the gate ($)',
      'saved',
    ],
    colAligns: ['left', ...Array.from({ length: 9 }, () => 'right' as const)],
    style: { head: [], border: [] },
  });
  for (const [tenant, totals] of Object.entries(byTag['tenant'] ?? {})) table.push(row(tenant, totals));
  table.push(row('all', total));
  return table.toString();
}

function row(name: string, totals: Totals): string[] {
  const share = totals.listNanoUsd === 0 ? 0 : totals.savedNanoUsd / totals.listNanoUsd;
  return [
    name,
    String(totals.calls),
    String(totals.paid),
    String(totals.hits.exact),
    String(totals.hits.semantic),
    String(totals.hits.coalesced),
    String(totals.denied),
    formatUsd(totals.spentNanoUsd),
    formatUsd(totals.listNanoUsd),
    `${Math.round(share * 100)} %`,
  ];
}
