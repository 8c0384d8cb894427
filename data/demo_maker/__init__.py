"""Parts of the maker of the demonstration district: real roads, everything else made up from a fixed seed."""
