using System.Globalization;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Samples.Pictures;

// Makes the pictures of the documentation; docs/pictures/make calls it.
//   row <target> <x> <y> <width> <height> <zoom> <picture>...   the same part of each picture, side by side
//   overlap <target>                                            three overlap maps, side by side
switch (args)
{
    case ["row", var target, var x, var y, var width, var height, var zoom, .. var pictures]:
        ImageFile.Write(target,
            Panels.SideBySide(
            [.. pictures.Select(
                picture => Panels.Enlarge(ImageFile.Read(picture).Crop(Number(x), Number(y), Number(width), Number(height)),
                    Number(zoom)))]));
        return 0;
    case ["overlap", var target]:
        // Uneven: 3 taps, stride 2. Even: 4 taps, stride 2; and the 3 taps of the first behind an enlargement by 2.
        ImageFile.Write(target, Panels.SideBySide([
            Panels.Overlap(ConvTransposeGeometry.PyTorch([1, 1, 8, 8], [1, 1, 3, 3], stride: 2, padding: 1, outputPadding: 1)),
            Panels.Overlap(ConvTransposeGeometry.PyTorch([1, 1, 8, 8], [1, 1, 4, 4], stride: 2, padding: 1)),
            Panels.Overlap(ConvTransposeGeometry.ResizeConvolution([1, 1, 8, 8], [1, 1, 3, 3], scale: 2, padding: 1)),
        ]));
        return 0;
    default:
        Console.Error.WriteLine("row <target> <x> <y> <width> <height> <zoom> <picture>... | overlap <target>");
        return 2;
}

static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
