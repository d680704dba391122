"""Tables, figures and maps in one style. A notebook starts with `style.use(language)`."""

from enclave.base.language import use

__all__ = ["use"]
