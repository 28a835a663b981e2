export { type Asset, buildDashboard, type DashboardAssets } from "./assets.ts";
export type { SignInPage } from "./pages.ts";
