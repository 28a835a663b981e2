import * as modules from "node:module";

const NAME = "@millrace/predictor";

/**
 * Lets a predictor import this platform's `@millrace/predictor`, unless its project has installed one. Deno gets an
 * import map instead.
 */
export function provideOwnPackage(): void {
  if ("Deno" in globalThis) return;
  modules.registerHooks({
    resolve: (specifier, context, nextResolve) => {
      if (specifier !== NAME) return nextResolve(specifier, context);
      try {
        return nextResolve(specifier, context);
      } catch {
        return {
          url: new URL("../mod.ts", import.meta.url).href,
          format: "module-typescript",
          shortCircuit: true,
        };
      }
    },
  });
}
