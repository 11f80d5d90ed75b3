"""The parts of a recording's page: what is kept of its rows, what is drawn, and what is told in plain markup.

`exports.html` puts them together. The charts are drawn by uPlot 1.6.32 of npm (MIT, Leon Sorokin): `uPlot.iife.min.js`,
`uPlot.min.css` and `uPlot.LICENSE` are its package's files as they are, and its licence stands in every page.
"""
