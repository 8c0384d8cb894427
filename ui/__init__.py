"""The browser side. The only package that imports streamlit."""
