// Comforts that pages can do without: show a password, copy a text. Nothing here is needed to sign in.

for (const box of document.querySelectorAll("[data-shows-password]")) {
  const field = document.getElementById(box.dataset.showsPassword);
  box.addEventListener("change", () => { field.type = box.checked ? "text" : "password"; });
  field.form?.addEventListener("submit", () => { field.type = "password"; });
}

for (const button of document.querySelectorAll("[data-copies]")) {
  const told = document.getElementById(button.getAttribute("aria-describedby"));
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copies).innerText.trim());
    told.textContent = button.dataset.copied;
  });
}
