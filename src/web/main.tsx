/** The demo page: built on the client alone. */
import { render } from 'preact';
import { start } from './actions.ts';
import { App } from './home/App.tsx';

const place = document.getElementById('app');
if (place) render(<App />, place);
void start();
