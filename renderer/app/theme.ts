import { useEffect } from 'react';
import { useSettings } from '../store/settings.js';

/** Puts the theme in force on the root element, where tokens.css looks for it. */
export const useTheme = (): void => {
  const choice = useSettings((state) => state.settings?.theme ?? 'system');
  useEffect(() => {
    const light = window.matchMedia('(prefers-color-scheme: light)');
    const show = (): void => {
      const theme = choice === 'system' ? (light.matches ? 'light' : 'dark') : choice;
      document.documentElement.dataset['theme'] = theme;
    };
    show();
    light.addEventListener('change', show);
    return () => light.removeEventListener('change', show);
  }, [choice]);
};
