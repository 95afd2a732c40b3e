"""The figures of the report as SVG, each drawn in two widths with real text; colours are classes of the style sheet."""
