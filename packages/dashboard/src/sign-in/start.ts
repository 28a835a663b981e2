// Runs on the page that a sign-in link opens: sends the link's code, from the address's fragment, to the service.

const { hash, pathname } = location;
// Removes the code from the address bar and the browser's history, before anything else can fail.
history.replaceState(null, "", pathname);
const form = document.querySelector("form");
const code = form?.querySelector("input");
if (form && code && hash.length > 1) {
  code.value = hash.slice(1);
  form.submit();
} else {
  location.replace("/dashboard");
}

export {};
