import { X } from 'lucide-preact';
import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { sheet } from '../state.ts';

interface SheetProps {
  readonly title: string;
  readonly testId: string;
  readonly children: ComponentChildren;
}

/** Opens from below on a small screen and from the side on a large one. Escape and a click beside it close it. */
export function Sheet({ title, testId, children }: SheetProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);
  const close = () => {
    sheet.value = undefined;
  };
  return (
    <dialog
      ref={dialog}
      class="sheet"
      data-testid={testId}
      aria-label={title}
      onClose={close}
      onClick={(event) => {
        if (event.target === dialog.current) close();
      }}
    >
      <div class="sheet-content">
        <header class="sheet-header">
          <h2>{title}</h2>
          <button type="button" class="mark" aria-label="Close" onClick={close}>
            <X size={20} aria-hidden="true" />
          </button>
        </header>
        {children}
      </div>
    </dialog>
  );
}
