"""One module per page. A page is: widgets, Request, run, show. No arithmetic."""
