import { useState } from "preact/hooks";
import { axisTop, type ThroughputBar } from "../state/throughput.ts";
import { clock } from "../text/durations.ts";
import { compact, rate } from "../text/numbers.ts";

/** Drawing units. The drawing is stretched to fit, so only proportions matter. */
const WIDTH = 1_200;
const HEIGHT = 100;

/** Bars over time. A slider lies on top: pointing, touching and arrow keys select a bar, whose value is shown above. */
export function ThroughputChart({ bars }: { readonly bars: readonly ThroughputBar[] }) {
  const [chosen, setChosen] = useState<number>();
  const top = axisTop(Math.max(...bars.map(({ itemsPerSecond }) => itemsPerSecond)));
  const last = bars.length - 1;
  // By default, shows the last complete bar.
  const at = Math.max(0, Math.min(chosen ?? (bars[last]?.isPartial ? last - 1 : last), last));
  const bar = bars[at] as ThroughputBar;
  const end = (bars[last] as ThroughputBar).toSeconds;
  const point = (event: PointerEvent & { readonly currentTarget: HTMLElement }) => {
    const { left, width } = event.currentTarget.getBoundingClientRect();
    setChosen(Math.max(0, Math.min(last, Math.floor(((event.clientX - left) / width) * bars.length))));
  };
  return (
    <div class="chart">
      <p class="chart-value" aria-hidden="true">
        <b>{rate(bar.itemsPerSecond)}</b> items/s{" "}
        <span class="quiet">
          {clock(bar.fromSeconds)}–{clock(bar.toSeconds)}
          {bar.isPartial && ", not over yet"}
        </span>
      </p>
      <div class="chart-plot">
        <span class="chart-y" aria-hidden="true">
          <span>{compact(top)}</span>
          <span>{compact(top / 2)}</span>
          <span>0</span>
        </span>
        <div class="chart-area">
          <Bars bars={bars} top={top} chosen={chosen === undefined ? undefined : at} />
          <input
            type="range"
            class="chart-slider"
            aria-label="Throughput over time"
            aria-valuetext={`${rate(bar.itemsPerSecond)} items a second from ${clock(bar.fromSeconds)} to ${clock(bar.toSeconds)}`}
            min={0}
            max={last}
            value={at}
            onInput={(event) => setChosen(Number(event.currentTarget.value))}
            onPointerMove={point}
            onPointerLeave={() => setChosen(undefined)}
          />
        </div>
        <span class="chart-x" aria-hidden="true">
          <span>0:00</span>
          <span>{clock(end / 2)}</span>
          <span>{clock(end)}</span>
        </span>
      </div>
    </div>
  );
}

function Bars(props: {
  readonly bars: readonly ThroughputBar[];
  readonly top: number;
  readonly chosen: number | undefined;
}) {
  const { bars, top, chosen } = props;
  const width = WIDTH / bars.length;
  const gap = bars.length > 60 ? 0.15 * width : 0.2 * width;
  return (
    <svg class="chart-bars" viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
      <path class="chart-grid" d={`M0 .5H${WIDTH}M0 ${HEIGHT / 2}H${WIDTH}`} />
      {bars.map((bar, i) => {
        const height = (HEIGHT * bar.itemsPerSecond) / top;
        const look = [bar.isPartial && "chart-partial", i === chosen && "chart-chosen"];
        return (
          <rect
            key={bar.fromSeconds}
            class={look.filter(Boolean).join(" ")}
            x={i * width + gap / 2}
            y={HEIGHT - height}
            width={width - gap}
            height={height}
          />
        );
      })}
    </svg>
  );
}
