import { render } from "preact";
import { App } from "./app.tsx";

// The stylesheet `style.css` is linked by the page itself: it is there before the script has run.
const root = document.getElementById("app");
if (root === null) throw new TypeError('Cannot show the dashboard: the page has no element "app"');
render(<App />, root);
