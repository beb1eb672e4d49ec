"""Ordinary files of every format."""

from judge_pipeline_tests.models.images.kinds.kind import Kind, scene_as, specimen

ORDINARY = (
    Kind(
        "PNG of 20 x 14 pixels", specimen("tiny.png"), notes=("enlarged from 20 x 14 to 40 x 28 pixels", "fine colours")
    ),
    Kind("JPEG", scene_as("JPEG")),
    Kind("JPEG, grey", scene_as("JPEG", "L")),
    Kind("JPEG, progressive", scene_as("JPEG", progressive=True)),
    Kind("JPEG, CMYK", scene_as("JPEG", "CMYK")),
    Kind("PNG", scene_as("PNG")),
    Kind("PNG, grey", scene_as("PNG", "L")),
    Kind("PNG, black and white", scene_as("PNG", "1")),
    Kind("PNG, palette", scene_as("PNG", "P")),
    Kind("WebP", scene_as("WEBP")),
    Kind("WebP, lossless", scene_as("WEBP", lossless=True)),
    Kind("GIF", scene_as("GIF", "P")),
    Kind("BMP", scene_as("BMP")),
    Kind("BMP, palette", scene_as("BMP", "P")),
    Kind("TIFF", scene_as("TIFF"), looks_like=scene_as("PNG")),
    Kind("TIFF, grey", scene_as("TIFF", "L"), looks_like=scene_as("PNG", "L")),
    Kind("TIFF, Deflate", scene_as("TIFF", compression="tiff_deflate"), looks_like=scene_as("PNG")),
    Kind("SVG", lambda: b'<svg xmlns="http://www.w3.org/2000/svg"/>', refused="not an image that can be read: SVG"),
    Kind("PDF", lambda: b"%PDF-1.7\n", refused="not an image that can be read: PDF"),
)
