import type { ReactElement } from 'react';

export const App = (): ReactElement => <main />;
