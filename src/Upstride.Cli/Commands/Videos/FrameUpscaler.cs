using System.Runtime.InteropServices;
using Upstride.Cli.Commands.Upscale;
using Upstride.Imaging;
using Upstride.Models.Inference;

namespace Upstride.Cli.Commands.Videos;

/// <summary>Makes frames larger, plane by plane: luma as a grey picture by the method, colour differences by bicubic interpolation where
/// the method is a network. So no sample goes through other colours and back, and range and matrix stay what they are.</summary>
internal sealed class FrameUpscaler
{
    private readonly Y4mHeader _from;
    private readonly (PictureFormat Format, IPictureUpscaler Upscaler)[] _planes;

    public FrameUpscaler(Y4mHeader source, Upscaler upscaler)
    {
        _from = source;
        SampleType type = source.Bits > 8 ? SampleType.UInt16 : SampleType.UInt8;
        PictureFormat luma = new(source.Width, source.Height, 1, type), larger = upscaler.Pictures.FormatOf(luma);
        To = source with { Width = larger.Width, Height = larger.Height };
        _planes =
        [
            .. source.Planes.Select((plane, i) => (luma with { Width = plane.Width, Height = plane.Height },
                i == 0 ? upscaler.Pictures : upscaler.OfDifferences(TargetSize.InPixels(To.Planes[i].Width, To.Planes[i].Height)))),
        ];
        Frame = new byte[checked((int)To.FrameBytes)];
    }

    /// <summary>What the larger frames are.</summary>
    public Y4mHeader To { get; }

    /// <summary>The planes of the frame that was made last.</summary>
    public byte[] Frame { get; }

    /// <summary>Makes a frame.</summary>
    public void Make(byte[] frame, CancellationToken cancellation)
    {
        int read = 0, written = 0;
        foreach ((PictureFormat format, IPictureUpscaler upscaler) in _planes)
        {
            upscaler.Upscale(
                format,
                row =>
                {
                    frame.AsSpan(read, row.Length).CopyTo(row);
                    if (_from.Bits > 8) Widen(MemoryMarshal.Cast<byte, ushort>(row), _from.Bits);
                    read += row.Length;
                },
                row =>
                {
                    Span<byte> place = Frame.AsSpan(written, row.Length);
                    row.CopyTo(place);
                    if (_from.Bits > 8) Narrow(MemoryMarshal.Cast<byte, ushort>(place), _from.Bits);
                    written += row.Length;
                },
                cancellationToken: cancellation);
        }
    }

    // Full stays full: 1023 of 10 bits is 65535 of 16.
    private static void Widen(Span<ushort> row, int bits)
    {
        uint full = (1u << bits) - 1;
        foreach (ref ushort sample in row) sample = (ushort)((Math.Min(sample, full) * ushort.MaxValue + full / 2) / full);
    }

    private static void Narrow(Span<ushort> row, int bits)
    {
        uint full = (1u << bits) - 1;
        foreach (ref ushort sample in row) sample = (ushort)((sample * full + ushort.MaxValue / 2) / ushort.MaxValue);
    }
}
