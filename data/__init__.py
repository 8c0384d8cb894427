"""Data shipped with the program, and the maker of the demonstration district."""
