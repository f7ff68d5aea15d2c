const THEMES = ['auto', 'light', 'dark'] as const;
const KEY = 'tollgate-theme';

let chosen: (typeof THEMES)[number] = THEMES.find((name) => name === kept()) ?? 'auto';

export function theme(): string {
  return chosen;
}

export function nextTheme(): void {
  chosen = THEMES[(THEMES.indexOf(chosen) + 1) % THEMES.length] ?? 'auto';
  try {
    localStorage.setItem(KEY, chosen);
  } catch {
    // A browser that keeps nothing shows the theme all the same.
  }
  applyTheme();
}

export function applyTheme(): void {
  if (chosen === 'auto') document.documentElement.removeAttribute('data-theme');
  else document.documentElement.dataset.theme = chosen;
}

function kept(): string | null {
  try {
    return localStorage.getItem(KEY);
  } catch {
    return null;
  }
}
