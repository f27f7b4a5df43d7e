import PCIe

let requester = DeviceID(bus: 0x01, device: 0x02, function: 0x3)
let completer = DeviceID(bus: 0x04, device: 0x05, function: 0x6)
