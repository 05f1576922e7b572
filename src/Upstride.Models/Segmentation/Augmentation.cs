using Upstride.Learning.Randomness;

namespace Upstride.Models.Segmentation;

/// <summary>
/// Draws training pictures from labelled ones: mirrored half of the time, scaled, cropped, and of changed brightness, contrast and colour.
/// Colours are interpolated, labels taken from the nearest pixel; what lies outside a picture is black and does not count.
/// </summary>
public sealed record Augmentation
{
    /// <summary>Columns of a training picture.</summary>
    public int Width { get; init; } = 224;

    /// <summary>Rows.</summary>
    public int Height { get; init; } = 160;

    /// <summary>The least and the most that a picture is scaled by; each factor between as likely on a logarithmic scale.</summary>
    public (double Least, double Most) Scale { get; init; } = (0.75, 1.5);

    /// <summary>The most by which brightness, contrast and each colour's strength change, up or down.</summary>
    public double Colour { get; init; } = 0.2;

    /// <summary>Whether pictures are mirrored.</summary>
    public bool Flip { get; init; } = true;

    /// <summary>Refuses what cannot be drawn.</summary>
    /// <exception cref="ArgumentException">The message names it.</exception>
    public void Check()
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(Width, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(Height, 1);
        if (!(Scale.Least > 0 && Scale.Least <= Scale.Most) || !double.IsFinite(Scale.Most))
            throw new ArgumentException($"scale = {Scale.Least} .. {Scale.Most}, and 0 < least <= most must hold", nameof(Scale));
        if (Colour is not (>= 0 and < 1))
            throw new ArgumentOutOfRangeException(nameof(Colour), Colour, $"colour = {Colour}, and must be at least 0 and less than 1");
    }

    /// <summary>Draws one.</summary>
    /// <param name="picture">Where it is taken from.</param>
    /// <param name="random">Decides everything.</param>
    /// <param name="colours">[3, height, width], in 0 to 1.</param>
    /// <param name="labels">[height, width]: the class, or <see cref="SegmentationSet.Void"/>.</param>
    public void Draw(LabelledPicture picture, RandomSource random, Span<float> colours, Span<int> labels)
    {
        ArgumentNullException.ThrowIfNull(picture);
        ArgumentNullException.ThrowIfNull(random);
        Check();
        if (labels.Length != checked(Width * Height) || colours.Length != 3 * labels.Length)
            throw new ArgumentException(
                $"colours has {colours.Length} numbers and labels {labels.Length}, and must have 3*{Width}*{Height} and {Width}*{Height}",
                nameof(colours));
        double scale = Scale.Least * Math.Exp(random.NextUniform() * Math.Log(Scale.Most / Scale.Least));
        bool mirrored = random.NextUniform() < 0.5 && Flip;
        double left = Offset(picture.Width * scale - Width, random), top = Offset(picture.Height * scale - Height, random);
        Span<float> gains = stackalloc float[3];
        double brightness = Change(random), contrast = Change(random);
        for (int channel = 0; channel < 3; channel++) gains[channel] = (float)(contrast * (1 + (Change(random) - 1) / 2));
        float shift = (float)(0.5 * (brightness - contrast));
        for (int y = 0; y < Height; y++)
        {
            double sourceY = (y + 0.5 + top) / scale - 0.5;
            for (int x = 0; x < Width; x++)
            {
                double sourceX = ((mirrored ? Width - 1 - x : x) + 0.5 + left) / scale - 0.5;
                Sample(picture, sourceX, sourceY, y * Width + x, gains, shift, colours, labels);
            }
        }
    }

    // Where the scaled picture is larger than what is drawn, any place of it; where it is smaller, the middle.
    private static double Offset(double surplus, RandomSource random)
    {
        double fraction = random.NextUniform();
        return surplus > 0 ? fraction * surplus : surplus / 2;
    }

    private double Change(RandomSource random) => 1 + Colour * (2 * random.NextUniform() - 1);

    private void Sample(LabelledPicture picture, double x, double y, int place, ReadOnlySpan<float> gains, float shift,
        Span<float> colours, Span<int> labels)
    {
        int plane = Width * Height, nearestX = (int)Math.Floor(x + 0.5), nearestY = (int)Math.Floor(y + 0.5);
        if ((uint)nearestX >= (uint)picture.Width || (uint)nearestY >= (uint)picture.Height)
        {
            labels[place] = SegmentationSet.Void;
            for (int channel = 0; channel < 3; channel++) colours[channel * plane + place] = 0;
            return;
        }
        labels[place] = picture.Labels[nearestY * picture.Width + nearestX];
        int x0 = (int)Math.Floor(x), y0 = (int)Math.Floor(y);
        float fx = (float)(x - x0), fy = (float)(y - y0);
        int x1 = Math.Min(x0 + 1, picture.Width - 1), y1 = Math.Min(y0 + 1, picture.Height - 1);
        x0 = Math.Max(0, x0);
        y0 = Math.Max(0, y0);
        ReadOnlySpan<byte> source = picture.Colours;
        for (int channel = 0; channel < 3; channel++)
        {
            float upper = Mix(source[(y0 * picture.Width + x0) * 3 + channel], source[(y0 * picture.Width + x1) * 3 + channel], fx),
                lower = Mix(source[(y1 * picture.Width + x0) * 3 + channel], source[(y1 * picture.Width + x1) * 3 + channel], fx);
            colours[channel * plane + place] = Math.Clamp(Mix(upper, lower, fy) / 255 * gains[channel] + shift, 0, 1);
        }
    }

    private static float Mix(float from, float to, float fraction) => from + (to - from) * fraction;
}
