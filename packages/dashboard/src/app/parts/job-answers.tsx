import type { FailureGroupsResponse, ItemCounts, JobStatusView } from "@millrace/core/rest";
import type { ComponentChildren } from "preact";
import { paceOf } from "../state/throughput.ts";
import { largestPhase } from "../state/time-parts.ts";
import { count, counted, percent, rate } from "../text/numbers.ts";
import { isOver, JOB_STATUS_LOOKS, type Tone } from "../text/statuses.ts";
import { finishedItems, progressText, remainingText } from "../text/summary.ts";
import { Elapsed } from "./elapsed.tsx";
import { ProgressBar } from "./progress-bar.tsx";

/**
 * Answers the four questions of somebody who checks a job: is it done, what failed, how long will it take, what is
 * slow.
 */
export function JobAnswers(props: {
  readonly job: JobStatusView;
  readonly items: ItemCounts;
  readonly failures: FailureGroupsResponse | undefined;
}) {
  const { job, items } = props;
  const done = finishedItems(items);
  return (
    <section class="answers" aria-label="Summary">
      <dl>
        <Done job={job} items={items} />
        <Failed items={items} failures={props.failures} />
        <HowLong job={job} />
        <Speed job={job} done={done} />
      </dl>
      <ProgressBar items={items} label="Progress by items" isLive={!isOver(job.status)} />
    </section>
  );
}

function Answer(props: {
  readonly question: string;
  readonly tone?: Tone;
  readonly children: ComponentChildren;
  readonly more?: ComponentChildren;
}) {
  return (
    <div class="answer">
      <dt>{props.question}</dt>
      <dd class={`answer-main ${props.tone ? `tone-${props.tone}` : ""}`}>{props.children}</dd>
      <dd class="answer-more">{props.more}</dd>
    </div>
  );
}

function Done({ job, items }: { readonly job: JobStatusView; readonly items: ItemCounts }) {
  const done = finishedItems(items);
  const { tone } = JOB_STATUS_LOOKS[job.status];
  const counts =
    items.total === null ? counted(done, "item") : `${count(done)} of ${counted(items.total, "item")}`;
  return (
    <Answer question="Done" {...(isOver(job.status) ? { tone } : {})} more={counts}>
      {progressText(items) ?? "Counting…"}
    </Answer>
  );
}

function Failed(props: { readonly items: ItemCounts; readonly failures: FailureGroupsResponse | undefined }) {
  const { items, failures } = props;
  const top = failures?.groups[0];
  if (items.failed === 0)
    return (
      <Answer question="Failed" more="no item has failed">
        0
      </Answer>
    );
  return (
    <Answer
      question="Failed"
      tone="bad"
      more={
        top && (
          <a href="#failures" title={top.message}>
            {top.items < items.failed && `${percent(top.items, failures.items)}: `}
            {top.message}
          </a>
        )
      }
    >
      {count(items.failed)}
    </Answer>
  );
}

function HowLong({ job }: { readonly job: JobStatusView }) {
  const took = job.start_time !== null && <Elapsed start={job.start_time} end={job.end_time} />;
  if (isOver(job.status)) {
    return (
      <Answer question="Took" more="nothing left to do">
        {took || "–"}
      </Answer>
    );
  }
  const { answer, doubt } = remainingText(job.status, job.remaining);
  return (
    <Answer
      question="Time left"
      more={
        <>
          {doubt}
          {took && <> · runs for {took}</>}
        </>
      }
    >
      {answer}
    </Answer>
  );
}

function Speed({ job, done }: { readonly job: JobStatusView; readonly done: number }) {
  const pace = paceOf(job, done);
  const phase = job.time && largestPhase(job.time);
  return (
    <Answer
      question={isOver(job.status) ? "Mean speed" : "Speed now"}
      more={phase && `${percent(phase.seconds, phase.ofSeconds)} of worker time: ${phase.word.toLowerCase()}`}
    >
      {pace === undefined ? "–" : `${rate(pace)} items/s`}
    </Answer>
  );
}
