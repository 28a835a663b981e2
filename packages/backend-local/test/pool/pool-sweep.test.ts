import process from "node:process";
import test from "ava";
import { isRunning, poolHome, until } from "../fixtures/pool-home.ts";

const linux = process.platform === "linux" ? test : test.skip;
const areRunning = (pids: readonly number[]) => pids.filter(isRunning).length;

linux("a worker that is killed takes its predictor and all that this one started along", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("family");
  const job = await home.job(backend);
  await backend.pool.start(job, [0, 1]);
  const [killed, other] = [await home.seen(job, 0), await home.seen(job, 1)];
  t.is(areRunning(killed.family), 5);
  process.kill(killed.pid, "SIGKILL");
  await until(() => areRunning(killed.family) === 0);
  t.is(areRunning([other.pid, ...other.family]), 6, "its neighbour's are another tree");
});

linux("stop() leaves nothing of the job, and touches nothing of another", async (t) => {
  const home = await poolHome(t);
  const backend = await home.open("family");
  const [job, bystander] = [await home.job(backend), await home.job(backend, { cpu: 2 })];
  await backend.pool.start(job, [0]);
  await backend.pool.start(bystander, [0]);
  const [mine, others] = [await home.seen(job, 0), await home.seen(bystander, 0)];
  await backend.pool.stop(job.spec.jobId, { graceSeconds: 20 });
  t.is(areRunning([mine.pid, ...mine.family]), 0);
  t.is(areRunning([others.pid, ...others.family]), 6);
});

linux("a service that comes back ends what dead workers have left, and adopts those that live", async (t) => {
  const home = await poolHome(t);
  const first = await home.open("family");
  const [job, over, gone] = [
    await home.job(first),
    await home.job(first, { cpu: 2 }),
    await home.job(first, { cpu: 3 }),
  ];
  await first.pool.start(job, [0, 1]);
  await first.pool.start(over, [0]);
  await first.pool.start(gone, [0]);
  const [dead, alive] = [await home.seen(job, 0), await home.seen(job, 1)];
  const [ofOver, ofGone] = [await home.seen(over, 0), await home.seen(gone, 0)];
  await first.pool.close();
  process.kill(dead.pid, "SIGKILL");
  await until(() => !isRunning(dead.pid));
  t.is(areRunning(dead.family), 5);
  // One has ended and was cleaned up after, or so it was thought; one was deleted.
  await first.ledger.jobs.transition(over.spec.jobId, "stopped", { atMs: 1 });
  await first.ledger.jobs.settle(over.spec.jobId);
  await first.ledger.jobs.delete(gone.spec.jobId);
  const second = await home.open("family");
  await until(
    () => areRunning([...dead.family, ofOver.pid, ...ofOver.family, ofGone.pid, ...ofGone.family]) === 0,
  );
  t.is(areRunning([alive.pid, ...alive.family]), 6);
  // The worker starts anew at once, under the name of the tree that is being swept.
  await second.pool.start(job, [0]);
  const again = await until(async () => {
    const seen = await home.seen(job, 0);
    return seen.pid !== dead.pid && seen;
  });
  t.is(areRunning([again.pid, ...again.family]), 6);
});

linux("a service that comes back leaves a job that was over to whoever cleans up after it", async (t) => {
  const home = await poolHome(t);
  const first = await home.open("family");
  const job = await home.job(first);
  await first.pool.start(job, [0]);
  const seen = await home.seen(job, 0);
  await first.pool.close();
  await first.ledger.jobs.transition(job.spec.jobId, "stopped", { atMs: 1 });
  const { pool } = await home.open("family");
  await pool.close();
  t.is(areRunning([seen.pid, ...seen.family]), 6);
  const third = await home.open("family");
  await third.pool.stop(job.spec.jobId, { graceSeconds: 20 });
  t.is(areRunning([seen.pid, ...seen.family]), 0);
});

linux("a service that comes back ends the preparations of its life before", async (t) => {
  const home = await poolHome(t);
  const orphan = await home.orphanPreparation();
  t.is(areRunning(orphan), 6);
  await home.open("wait");
  await until(() => areRunning(orphan) === 0);
  t.pass();
});

linux("two homes on one machine leave each other's processes alone", async (t) => {
  const [one, two] = [await poolHome(t), await poolHome(t)];
  const [first, second] = [await one.open("family"), await two.open("family")];
  const [job, other] = [await one.job(first), await two.job(second)];
  await first.pool.start(job, [0]);
  await second.pool.start(other, [0]);
  const [mine, theirs] = [await one.seen(job, 0), await two.seen(other, 0)];
  const preparation = await two.orphanPreparation();
  await first.pool.close();
  await first.ledger.jobs.delete(job.spec.jobId);
  await one.open("family");
  await until(() => areRunning([mine.pid, ...mine.family]) === 0);
  t.is(areRunning([theirs.pid, ...theirs.family, ...preparation]), 12);
});
