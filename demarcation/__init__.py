"""The computation on administrative boundaries: lines, stakes, their joint inspection. It reports; it moves nothing.

Where to begin: ``check`` runs the checks of ``checks/`` (one function each) over the ``bench`` of a ``study``.

- What is known: ``model``, ``read``, ``codes``, ``numbering``, ``study``; tolerances: ``rules``, ``limits``.
- What comes out: ``finding``; figures of plans: ``figures``, ``disputes``.
- Places by a line: ``axis`` (one), ``alongside`` (many), ``crossing`` (shapes), ``sides``, ``order``, ``bench``.
- Coordinates and azimuths: ``readings``, ``resection``, ``azimuths``, ``directions``.
- Between units and lines: ``topology``, ``editions``, ``served_across``; units merged or split: ``recode``.
- Lines in words: ``description`` writes, ``told_tokens``, ``numerals`` and ``told`` read, ``told_compare`` compares.
- Inspections: ``book`` (the picture), ``records`` (SQLite), ``entering``, ``states``, ``inspection``, ``photos``.
- In the field: ``field_route``, ``visiting``.
"""
