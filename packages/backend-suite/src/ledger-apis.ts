import { type ContractTest, throwsCode } from "./contract.ts";
import { createJob, sampleApi } from "./samples.ts";

export function describeApiLedger(test: ContractTest): void {
  test("apis.put() makes a version the current one and keeps earlier ones", async (t, {
    backend,
    second,
  }) => {
    const { apis } = backend.ledger;
    const [one, two] = [sampleApi("a", "1111111111111111"), sampleApi("a", "2222222222222222", "elsewhere")];
    t.is(await apis.get("a"), undefined);
    await apis.put(one);
    t.deepEqual(await apis.byEndpoint("a"), one);
    await apis.put(two);
    const other = (await second()).ledger.apis;
    t.deepEqual(await other.get("a"), two);
    t.deepEqual(await other.version("a", one.version), one);
    t.deepEqual(await other.byEndpoint("elsewhere"), two);
    t.is(await other.byEndpoint("a"), undefined);
    t.is(await other.version("a", "3333333333333333"), undefined);
    await apis.put(one);
    t.deepEqual(await other.get("a"), one);
  });

  test("apis.put() throws conflict when another API has its endpoint, and changes nothing", async (t, {
    backend,
  }) => {
    const { apis } = backend.ledger;
    await apis.put(sampleApi("a", "1111111111111111", "shared"));
    const other = sampleApi("b", "2222222222222222", "shared");
    await throwsCode(t, () => apis.put(other), { code: "conflict", text: "shared" });
    t.is(await apis.get("b"), undefined);
    t.is(await apis.version("b", other.version), undefined);
  });

  test("apis.list() returns current versions sorted by name", async (t, { backend }) => {
    const { apis } = backend.ledger;
    for (const name of ["c", "a", "b"]) await apis.put(sampleApi(name));
    await apis.put(sampleApi("a", "ffffffffffffffff"));
    const listed = await apis.list();
    t.deepEqual(
      listed.map(({ name, version }) => `${name} ${version}`),
      ["a ffffffffffffffff", "b 0123456789abcdef", "c 0123456789abcdef"],
    );
  });

  test("apis.delete() forgets the API, and keeps the versions that jobs are pinned to", async (t, {
    backend,
  }) => {
    const { apis, jobs } = backend.ledger;
    const api = sampleApi("sample");
    await apis.put(api);
    const jobId = await createJob(backend);
    await apis.delete("sample");
    t.is(await apis.get("sample"), undefined);
    t.is(await apis.byEndpoint("sample"), undefined);
    t.deepEqual(await apis.list(), []);
    t.deepEqual(await apis.version("sample", api.version), api);
    t.is((await jobs.get(jobId)).spec.apiVersion, api.version);
    await throwsCode(t, () => apis.delete("sample"), { code: "api_not_found", text: "sample" });
    await apis.put(sampleApi("sample"));
    t.deepEqual(await apis.get("sample"), api);
  });
}
