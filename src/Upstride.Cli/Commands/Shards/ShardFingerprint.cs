using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using Upstride.Cli.Commands.Upscale;
using Upstride.Imaging;
using Upstride.Models.Data;
using Upstride.Models.Evaluation;
using Upstride.Models.Inference;
using Upstride.Models.Segmentation;

namespace Upstride.Cli.Commands.Shards;

/// <summary>SHA-256 of what a method makes of a small fixed picture: other weights and other arithmetic give another.</summary>
internal static class ShardFingerprint
{
    private const int Side = 24;

    /// <summary>Of an upscaler, with its networks for pictures from JPEG files; null for a model that takes pictures of other sizes
    /// alone.</summary>
    public static string? Of(Upscaler upscaler, CancellationToken cancellation)
    {
        var format = new PictureFormat(Side, Side, 3, SampleType.UInt16);
        try
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            foreach (IPictureUpscaler? pictures in (IPictureUpscaler?[])[upscaler.Pictures, upscaler.Compressed])
            {
                if (pictures is null) continue;
                hash.AppendData(Encoding.ASCII.GetBytes(pictures.FormatOf(format).ToString()));
                uint state = 1;
                pictures.Upscale(format, row => Fill(row, ref state), row => hash.AppendData(row), cancellationToken: cancellation);
            }
            return Convert.ToHexStringLower(hash.GetHashAndReset());
        }
        catch (Exception fault) when (fault is ArgumentException or Onnx.OnnxUnsupportedException or InvalidDataException)
        {
            return null;
        }
    }

    /// <summary>Of what is judged by luma.</summary>
    public static string Of(ILumaUpscaler upscaler, CancellationToken cancellation)
    {
        LumaPlane plane = new(Side, Side, [.. Samples(Side * Side).Select(static sample => (float)sample)]);
        return Convert.ToHexStringLower(
            SHA256.HashData(MemoryMarshal.AsBytes(upscaler.Upscale(plane, cancellation).Levels)));
    }

    /// <summary>Of a segmenter.</summary>
    public static string Of(Segmenter segmenter) =>
        Convert.ToHexStringLower(SHA256.HashData(segmenter.Segment(Samples(3 * Side * Side), Side, Side)));

    private static byte[] Samples(int count)
    {
        byte[] samples = new byte[count];
        uint state = 1;
        Fill(samples, ref state);
        return samples;
    }

    // Samples of a fixed rule, not smooth, so that every weight has a part in the result.
    private static void Fill(Span<byte> samples, ref uint state)
    {
        for (int i = 0; i < samples.Length; i++) samples[i] = (byte)((state = state * 1664525 + 1013904223) >> 24);
    }
}
