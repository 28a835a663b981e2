// Runs on the page that a sign-in link opens: hands the link's code, which is in the address's fragment, to the service.

const { hash, pathname } = location;
// Out of the address bar and of the browser's history, before anything else can fail.
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
