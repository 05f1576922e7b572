// Before anything is drawn: the colours that were chosen last time.
try { const scheme = localStorage.getItem('scheme'); if (scheme) document.documentElement.dataset.scheme = scheme; } catch { }
