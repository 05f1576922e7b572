using Upstride.Models.Segmentation;

namespace Upstride.Samples.Segmentation;

/// <summary>Pictures of a disc and a square on noisy ground, with the class of each pixel.</summary>
internal static class Shapes
{
    public static LabelledPicture Draw(int width, int height, int number)
    {
        var random = new Random(number);
        int side = height / 3, left = random.Next(width - side), top = random.Next(height - side);
        int centreX = random.Next(width), centreY = random.Next(height), radius = height / 5;
        byte[] tints = new byte[9], colours = new byte[3 * width * height], labels = new byte[width * height];
        random.NextBytes(tints);
        for (int pixel = 0; pixel < labels.Length; pixel++)
        {
            (int x, int y) = (pixel % width, pixel / width);
            bool square = x >= left && x < left + side && y >= top && y < top + side;
            bool disc = (x - centreX) * (x - centreX) + (y - centreY) * (y - centreY) < radius * radius;
            int one = disc ? 2 : square ? 1 : 0;
            labels[pixel] = (byte)one;

            // The colour differs from picture to picture: a class is told by its texture and its shape.
            int stripe = one == 1 ? (x / 2 % 2) * 60 : one == 2 ? (y / 2 % 2) * 60 : 0;
            for (int channel = 0; channel < 3; channel++)
                colours[3 * pixel + channel] = (byte)Math.Clamp(60 + tints[3 * one + channel] / 3 + stripe + random.Next(30), 0, 255);
        }
        return new($"{number}", width, height, colours, labels);
    }
}
