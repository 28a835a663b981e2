import type { JobStatusView } from "@millrace/core/rest";
import { throughputBars } from "../state/throughput.ts";
import { clock } from "../text/durations.ts";
import { rate } from "../text/numbers.ts";
import { isOver } from "../text/statuses.ts";
import { ScrollRegion } from "./scroll-region.tsx";
import { ThroughputChart } from "./throughput-chart.tsx";

const MAX_BARS = 120;

/** Items per second over the job's life. */
export function ThroughputSection({ job }: { readonly job: JobStatusView }) {
  const { throughput, status } = job;
  const bars = throughput
    ? throughputBars(throughput, { maxBars: MAX_BARS, isOver: isOver(status) })
    : undefined;
  return (
    <section class="card" aria-labelledby="throughput">
      <h2 id="throughput">Throughput</h2>
      {bars === undefined || bars.length === 0 ? (
        <p class="quiet">Shown once the first batch is finished.</p>
      ) : (
        <>
          <ThroughputChart bars={bars} />
          <details class="as-table">
            <summary>As a table</summary>
            <ScrollRegion class="scroll" label="Throughput as a table">
              <table class="table">
                <thead>
                  <tr>
                    <th scope="col">From</th>
                    <th scope="col">To</th>
                    <th scope="col" class="number">
                      Items/s
                    </th>
                  </tr>
                </thead>
                <tbody>
                  {bars.map((bar) => (
                    <tr key={bar.fromSeconds}>
                      <td>{clock(bar.fromSeconds)}</td>
                      <td>{clock(bar.toSeconds)}</td>
                      <td class="number">{rate(bar.itemsPerSecond)}</td>
                    </tr>
                  ))}
                </tbody>
              </table>
            </ScrollRegion>
          </details>
        </>
      )}
    </section>
  );
}
