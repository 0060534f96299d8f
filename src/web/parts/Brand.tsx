export function Brand() {
  return (
    <p class="brand">
      <img src="/icon.svg" width="28" height="28" alt="" />
      Veilcast
    </p>
  );
}
