using System.Numerics.Tensors;
using Upstride.Geometry;
using Upstride.Imaging;
using Upstride.Operators;

namespace Upstride.Models.Data;

/// <summary>The luma of a picture, [height, width], in the levels of 8 bits: 0 to 255, with fractions where they arise.</summary>
public sealed class LumaPlane
{
    /// <summary>The largest level.</summary>
    public const float Peak = 255;

    private readonly float[] _levels;

    /// <summary>A plane over <paramref name="levels"/>, which is not copied.</summary>
    /// <param name="width">Columns.</param>
    /// <param name="height">Rows.</param>
    /// <param name="levels">[height, width], row by row.</param>
    /// <exception cref="ArgumentException">Not width * height levels.</exception>
    public LumaPlane(int width, int height, float[] levels)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(height, 1);
        ArgumentNullException.ThrowIfNull(levels);
        if (levels.Length != (long)width * height)
            throw new ArgumentException($"levels must be width * height = {width} * {height} = {(long)width * height}: {levels.Length}",
                nameof(levels));
        Width = width;
        Height = height;
        _levels = levels;
    }

    /// <summary>Columns.</summary>
    public int Width { get; }

    /// <summary>Rows.</summary>
    public int Height { get; }

    /// <summary>[height, width], row by row.</summary>
    public ReadOnlySpan<float> Levels => _levels;

    /// <summary>
    /// The luma of MATLAB's rgb2ycbcr; of a grey picture, its samples. Of 8-bit pictures it is rounded to whole levels, of others not.
    /// </summary>
    /// <param name="image">Any picture; alpha is not looked at.</param>
    public static LumaPlane FromImage(ImageBuffer image)
    {
        ArgumentNullException.ThrowIfNull(image);
        var levels = new float[image.Width * image.Height];
        if (image.SampleType == SampleType.UInt8)
        {
            ReadOnlySpan<byte> samples = image.Samples<byte>();
            for (int i = 0, j = 0; i < levels.Length; i++, j += image.Channels)
                levels[i] = image.Channels <= 2 ? samples[j] : YCbCr.Luma(samples[j], samples[j + 1], samples[j + 2]);
            return new(image.Width, image.Height, levels);
        }

        float[] planes = image.ToPlanes();
        int n = levels.Length;
        for (int i = 0; i < n; i++)
            levels[i] = Peak * (image.Channels <= 2 ? planes[i] : (float)YCbCr.Luma((double)planes[i], planes[n + i], planes[2 * n + i]));
        return new(image.Width, image.Height, levels);
    }

    /// <summary>
    /// The part from the top left whose sizes are the largest multiples of <paramref name="scale"/>: the papers' modcrop.
    /// </summary>
    /// <exception cref="ArgumentException">A size is smaller than <paramref name="scale"/>, so that nothing would be left.</exception>
    public LumaPlane CropToMultiple(int scale)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(scale, 1);
        if (Math.Min(Width, Height) < scale)
            throw new ArgumentException($"width and height must be at least the scale: {Width} x {Height}, scale {scale}", nameof(scale));
        return Crop(0, 0, Width - Width % scale, Height - Height % scale);
    }

    /// <summary>Without <paramref name="border"/> levels along each side.</summary>
    /// <exception cref="ArgumentOutOfRangeException">Nothing would be left.</exception>
    public LumaPlane CropBorder(int border)
    {
        if (border < 0 || 2L * border >= Math.Min(Width, Height))
            throw new ArgumentOutOfRangeException(nameof(border), border,
                $"0 <= 2 * border < min(width, height) must hold: 2 * {border} = {2L * border}, min({Width}, {Height}) = "
                + $"{Math.Min(Width, Height)}");
        return Crop(border, border, Width - 2 * border, Height - 2 * border);
    }

    /// <summary>With <paramref name="border"/> more levels along each side, each that of the nearest place of the plane.</summary>
    /// <param name="border">At least 0.</param>
    public LumaPlane Continue(int border)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(border);
        int width = checked(Width + 2 * border), height = checked(Height + 2 * border);
        var levels = new float[checked(width * height)];
        for (int row = 0; row < height; row++)
        {
            ReadOnlySpan<float> inside = _levels.AsSpan(Math.Clamp(row - border, 0, Height - 1) * Width, Width);
            Span<float> continued = levels.AsSpan(row * width, width);
            continued[..border].Fill(inside[0]);
            inside.CopyTo(continued[border..]);
            continued[(border + Width)..].Fill(inside[^1]);
        }
        return new(width, height, levels);
    }

    /// <summary>MATLAB's bicubic imresize to another size.</summary>
    /// <param name="width">Columns of the result.</param>
    /// <param name="height">Rows of the result.</param>
    /// <param name="rounding">Whether levels are rounded to bytes after each axis, as MATLAB does with images of class uint8.</param>
    public LumaPlane Resize(int width, int height, ImresizeRounding rounding = ImresizeRounding.None)
    {
        var geometry = ResizeGeometry.MatlabBicubic([1, Height, Width], height, width);
        var resized = new float[(long)height * width];
        Imresize.Bicubic(_levels, geometry, rounding, resized);
        return new(width, height, resized);
    }

    /// <summary>The levels as 8 bits hold them: whole, halves away from zero, within 0 to 255.</summary>
    public LumaPlane Rounded()
    {
        var rounded = new float[_levels.Length];
        TensorPrimitives.Round(_levels, MidpointRounding.AwayFromZero, rounded);
        TensorPrimitives.Clamp(rounded, 0, Peak, rounded);
        return new(Width, Height, rounded);
    }

    /// <summary>A grey picture of 8 bits.</summary>
    public ImageBuffer ToImage()
    {
        var image = new ImageBuffer(Width, Height, 1);
        TensorPrimitives.ConvertTruncating<float, byte>(Rounded()._levels, image.Samples<byte>());
        return image;
    }

    /// <summary>The levels themselves, to be handed to an operator.</summary>
    internal float[] Array => _levels;

    private LumaPlane Crop(int x, int y, int width, int height)
    {
        if (width == Width && height == Height) return this;
        var part = new float[width * height];
        for (int row = 0; row < height; row++)
            _levels.AsSpan((y + row) * Width + x, width).CopyTo(part.AsSpan(row * width));
        return new(width, height, part);
    }
}
