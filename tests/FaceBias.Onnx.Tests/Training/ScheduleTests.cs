using FaceBias.Onnx.Graphs;
using FaceBias.Onnx.Training;
using static FaceBias.Onnx.Graphs.TensorProto.Types;

namespace FaceBias.Onnx.Tests.Training;

public class ScheduleTests
{
    [Fact]
    public void Schedules_at_their_corners()
    {
        Assert.Equal(0.3, Schedule.Constant(0.3)[99]);
        var cosine = Schedule.Cosine(1, 101, 0.2);
        Assert.Equal((1, 0.6, 0.2, 0.2),
            (cosine[0], Math.Round(cosine[50], 12), Math.Round(cosine[100], 12), Math.Round(cosine[500], 12)));
        var warm = Schedule.Constant(1).WarmUp(4);
        Assert.Equal([0.2, 0.4, 0.6, 0.8, 1], Enumerable.Range(0, 5).Select(i => Math.Round(warm[i], 12)));
        var cycle = Schedule.OneCycle(1, 100);
        Assert.Equal(1.0 / 25, cycle[0], 1e-12);
        Assert.Equal(1, cycle[29], 1e-12);
        Assert.Equal(1.0 / 25e4, cycle[99], 1e-12);
    }
}
