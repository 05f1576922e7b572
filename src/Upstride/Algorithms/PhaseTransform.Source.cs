using Upstride.Geometry;
using Upstride.Kernels;

namespace Upstride.Algorithms;

internal sealed unsafe partial class PhaseTransform<T>
{
    private sealed partial class Execution
    {
        /// <summary>Copies what the windows of a block read, plane by plane, with zeros where they leave the source.</summary>
        private void PackSource(in Place place, int group, T* buffer)
        {
            WindowProblem problem = _plan._problem;
            PhaseBlock block = _plan._block;
            (WindowAxis a0, WindowAxis a1) = (problem.Axes[0], problem.Axes[1]);
            T* source = _source + place.Image * problem.Source.Image + (nint)group * problem.SourceChannels * problem.Source.Channel;
            nint row = (nint)block.SourcePitch * block.Images;
            for (int q0 = 0; q0 < a0.SourceStep; q0++)
            for (int q1 = 0; q1 < a1.SourceStep; q1++)
            for (int q2 = 0; q2 < problem.Axes[2].SourceStep; q2++)
            {
                T* plane = buffer + ((q0 * a1.SourceStep + q1) * problem.Axes[2].SourceStep + q2) * block.PlanePitch;
                for (int r0 = 0; r0 < block.SourceRows0; r0++)
                for (int r1 = 0; r1 < block.SourceRows1; r1++)
                {
                    int s0 = a0.SourceOf(q0, place.Start0 + a0.Lowest + r0);
                    int s1 = a1.SourceOf(q1, place.Start1 + a1.Lowest + r1);
                    bool inside = (uint)s0 < (uint)a0.SourceLength && (uint)s1 < (uint)a1.SourceLength;
                    T* from = source + s0 * problem.Source.Axis0 + s1 * problem.Source.Axis1;
                    PackRow(place, inside ? from : null, q2, plane + ((nint)r0 * block.SourceRows1 + r1) * row);
                }
            }
        }

        /// <summary>One row of one plane for all channels and images; a null source is all zeros.</summary>
        private void PackRow(in Place place, T* source, int residue, T* buffer)
        {
            WindowProblem problem = _plan._problem;
            PhaseBlock block = _plan._block;
            WindowAxis axis = problem.Axes[2];
            int images = block.Images;
            int start = place.Start2 + axis.Lowest;
            (int first, int end) = axis.Inside(residue);
            first = Math.Clamp(first - start, 0, block.SourcePitch);
            end = source is null ? first : Math.Clamp(end - start, first, block.SourcePitch);
            nint distance = problem.Source.Axis2 * axis.SourceStep;
            for (int channel = 0; channel < problem.SourceChannels; channel++)
            {
                T* destination = buffer + channel * block.ChannelPitch;
                T* from = source + channel * problem.Source.Channel + axis.SourceOf(residue, start + first) * problem.Source.Axis2;
                Rows.Clear(destination, 1, (nint)first * images);
                Rows.Clear(destination + (nint)end * images, 1, (nint)(block.SourcePitch - end) * images);
                for (int image = 0; image < place.Images && end > first; image++)
                    Rows.Copy(from + image * problem.Source.Image, distance, destination + (nint)first * images + image, images, end - first);
            }
        }
    }
}
