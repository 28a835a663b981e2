import { MessageResponseSchema, SignInLinkSchema } from "@millrace/core/schemas";
import { z } from "zod";
import { answers, html, json, type Operation, problemAnswers } from "./operation.ts";

const seeDashboard = { "303": { description: "To the dashboard" } };
const form = z.object({
  code: z.string().optional().meta({ description: "Of a sign-in link." }),
  token: z.string().optional().meta({ description: "The service's token." }),
});

/** The routes for browsers: the dashboard, and what signs one in and out. */
export const SESSION_OPERATIONS: readonly Operation[] = [
  {
    method: "get",
    path: "/dashboard",
    summary: "The dashboard",
    responses: answers(html()),
  },
  {
    method: "get",
    path: "/dashboard/{path}",
    summary: "The dashboard, at any of its addresses",
    params: z.object({ path: z.string() }),
    responses: answers(html()),
  },
  {
    method: "get",
    path: "/dashboard/assets/{name}",
    summary: "A script, stylesheet or picture of the dashboard",
    isPublic: true,
    params: z.object({ name: z.string() }),
    responses: { ...answers({}, [404]), "304": { description: "Not changed" } },
  },
  {
    method: "post",
    path: "/session/links",
    summary: "A link that signs one browser in, once, within a minute; only with the token",
    responses: { "201": { description: "The link", content: json(SignInLinkSchema) } },
  },
  {
    method: "get",
    path: "/session/start",
    summary: "The page that a sign-in link opens; the link's code is in the fragment",
    isPublic: true,
    responses: answers(html()),
  },
  {
    method: "post",
    path: "/session",
    summary: "Sign a browser in, from a page of the service: either a link's code or the token",
    isPublic: true,
    requestBody: { "application/x-www-form-urlencoded": { schema: form } },
    responses: { ...problemAnswers([400, 401, 413, 415, 429]), ...seeDashboard },
  },
  {
    method: "delete",
    path: "/session",
    summary: "Sign the browser out",
    responses: answers(json(MessageResponseSchema), [400]),
  },
  {
    method: "post",
    path: "/session/end",
    summary: "Sign the browser out, by a form",
    responses: { ...problemAnswers([400]), ...seeDashboard },
  },
];
