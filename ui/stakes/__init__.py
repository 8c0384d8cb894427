"""Parts of the page 界线联检与界桩管理."""
