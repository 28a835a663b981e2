import { createRequire } from "node:module";
import { join } from "node:path";

/**
 * The upper limit for a status over HTTP: a bare Koa that answers every request with a given text. `<node_modules>
 * <body>`; prints its port, ends on SIGTERM.
 */
interface Context {
  body: string;
  type: string;
}
const [modules = "", body = ""] = process.argv.slice(2);
const Koa = createRequire(join(modules, "bench.cjs"))("koa");
// Serialised for every request, as a status has to be.
const status = JSON.parse(body);
const app = new Koa();
app.use((ctx: Context) => {
  ctx.type = "application/json";
  ctx.body = JSON.stringify(status);
});
const server = app.listen(0, "127.0.0.1", () => console.log(server.address().port));
