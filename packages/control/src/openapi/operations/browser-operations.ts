import { MessageResponseSchema, SignInLinkSchema } from "@millrace/core/schemas";
import { z } from "zod";
import { html, json } from "../contents.ts";
import { answers, type Operation, problemAnswers } from "../operation.ts";

const seeDashboard = { "303": { description: "To the dashboard" } };
/** Whatever its type is. */
const asset = { "*/*": { schema: { type: "string" as const, format: "binary" } } };
const form = z
  .object({
    code: z.string().optional().meta({ description: "Of a sign-in link." }),
    token: z.string().optional().meta({ description: "The service's token." }),
  })
  .meta({ id: "SignInForm", description: "Either a link's code or the token." });

/** The routes for browsers: the dashboard, and what signs one in and out. */
export const BROWSER_OPERATIONS: readonly Operation[] = [
  {
    id: "getDashboard",
    tag: "browsers",
    method: "get",
    path: "/dashboard",
    summary: "The dashboard",
    responses: answers(html()),
  },
  {
    id: "getDashboardPage",
    tag: "browsers",
    method: "get",
    path: "/dashboard/{path}",
    summary: "The dashboard, at any of its addresses",
    params: z.object({ path: z.string().meta({ example: "jobs" }) }),
    responses: answers(html()),
  },
  {
    id: "getDashboardAsset",
    tag: "browsers",
    method: "get",
    path: "/dashboard/assets/{name}",
    summary: "A script, stylesheet or picture of the dashboard",
    isPublic: true,
    params: z.object({ name: z.string().meta({ example: "main-PPAINO6C.js" }) }),
    responses: { ...answers(asset, [404]), "304": { description: "Not changed" } },
  },
  {
    id: "createSignInLink",
    tag: "browsers",
    method: "post",
    path: "/session/links",
    summary: "A link that signs one browser in, once, within a minute; only with the token",
    only: "token",
    responses: { "201": { description: "The link", content: json(SignInLinkSchema) } },
  },
  {
    id: "getSignInPage",
    tag: "browsers",
    method: "get",
    path: "/session/start",
    summary: "The page that a sign-in link opens; the link's code is in the fragment",
    isPublic: true,
    responses: answers(html()),
  },
  {
    id: "signIn",
    tag: "browsers",
    method: "post",
    path: "/session",
    summary: "Sign a browser in, from a page of the service: either a link's code or the token",
    isPublic: true,
    requestBody: {
      "application/x-www-form-urlencoded": { schema: form, example: { code: "0JtqX1m2" } },
    },
    responses: { ...problemAnswers([400, 401, 413, 415, 429]), ...seeDashboard },
  },
  {
    id: "signOut",
    tag: "browsers",
    method: "delete",
    path: "/session",
    summary: "Sign the browser out",
    only: "session",
    responses: answers(json(MessageResponseSchema)),
  },
  {
    id: "signOutByForm",
    tag: "browsers",
    method: "post",
    path: "/session/end",
    summary: "Sign the browser out, by a form",
    only: "session",
    responses: seeDashboard,
  },
];
