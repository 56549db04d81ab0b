import { create } from 'zustand';

export interface Toast {
  readonly id: number;
  readonly tone: 'plain' | 'bad';
  readonly text: string;
  readonly action: { readonly label: string; readonly run: () => void } | null;
}

export interface ToastsState {
  /** Oldest first; at most three, an older one makes room. */
  readonly toasts: readonly Toast[];
  readonly show: (toast: Omit<Toast, 'id'>) => void;
  readonly dismiss: (id: number) => void;
}

const MOST = 3;

export const useToasts = create<ToastsState>()((set) => {
  let next = 1;
  return {
    toasts: [],
    show: (toast) => {
      const id = next;
      next += 1;
      set(({ toasts }) => ({ toasts: [...toasts, { ...toast, id }].slice(-MOST) }));
    },
    dismiss: (id) => set(({ toasts }) => ({ toasts: toasts.filter((toast) => toast.id !== id) })),
  };
});
