import { z } from "zod";
import { TimeSchema } from "./common.ts";

/** `POST /session/links` */
export const SignInLinkSchema = z
  .object({
    url: z.string().meta({
      description: "Signs in the browser that opens it, once.",
      example: "http://127.0.0.1:8080/session/start#0JtqX1m2…",
    }),
    expires_time: TimeSchema,
  })
  .meta({ id: "SignInLink", description: "A link for a browser." });
