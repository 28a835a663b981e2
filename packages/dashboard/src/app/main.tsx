import { render } from "preact";
import { App } from "./app.tsx";

// The page itself links the stylesheet `style.css`, so that it is there before the script runs.
const root = document.getElementById("app");
if (root === null) throw new TypeError('Cannot show the dashboard: the page has no element "app"');
render(<App />, root);
