using Upstride.Imaging;

namespace Upstride.Models.Segmentation;

/// <summary>Pictures of classes.</summary>
public static class ClassPalette
{
    /// <summary>A grey picture whose values are the classes.</summary>
    /// <param name="classes">[height, width].</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static ImageBuffer Mask(ReadOnlySpan<byte> classes, int width, int height)
    {
        var mask = new ImageBuffer(width, height, 1);
        Require(classes.Length, mask.Bytes.Length, nameof(classes));
        classes.CopyTo(mask.Bytes);
        return mask;
    }

    /// <summary>Half of a picture and half of its classes' colours.</summary>
    /// <param name="colours">[height, width, 3].</param>
    /// <param name="classes">[height, width].</param>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    public static ImageBuffer Overlay(ReadOnlySpan<byte> colours, ReadOnlySpan<byte> classes, int width, int height)
    {
        var overlay = new ImageBuffer(width, height, 3);
        Span<byte> bytes = overlay.Bytes;
        Require(colours.Length, bytes.Length, nameof(colours));
        Require(classes.Length, bytes.Length / 3, nameof(classes));
        for (int pixel = 0; pixel < classes.Length; pixel++)
        {
            (byte red, byte green, byte blue) = ColourOf(classes[pixel]);
            bytes[3 * pixel] = (byte)((colours[3 * pixel] + red) / 2);
            bytes[3 * pixel + 1] = (byte)((colours[3 * pixel + 1] + green) / 2);
            bytes[3 * pixel + 2] = (byte)((colours[3 * pixel + 2] + blue) / 2);
        }
        return overlay;
    }

    /// <summary>The colour of a class: each far from those before it, for the golden angle never comes back to the same hue.</summary>
    /// <param name="number">The class.</param>
    public static (byte Red, byte Green, byte Blue) ColourOf(int number)
    {
        double hue = number * 0.618033988749895 % 1 * 6;
        return (Part(5), Part(3), Part(1));

        byte Part(double shift)
        {
            double k = (shift + hue) % 6;
            return (byte)Math.Round(255 * (0.95 - 0.8 * Math.Clamp(Math.Min(k, 4 - k), 0, 1)));
        }
    }

    private static void Require(int given, int needed, string name)
    {
        if (given != needed) throw new ArgumentException($"{name} holds {given} bytes, and must hold {needed} for this size", name);
    }
}
